package service

import (
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"acopio/server/admin"
	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
	"acopio/shared/version"
)

var (
	seqDesc      = prometheus.NewDesc("acopio_network_seq", "Changes in the network's feed so far.", []string{"network"}, nil)
	recordsDesc  = prometheus.NewDesc("acopio_network_records", "Living records of the network.", []string{"network"}, nil)
	checksumDesc = prometheus.NewDesc("acopio_network_checksum", "Always 1; the checksum of the network's records is in the label.", []string{"network", "checksum"}, nil)
	onlineDesc   = prometheus.NewDesc("acopio_devices_online", "Devices connected now.", nil, nil)
	commitsDesc  = prometheus.NewDesc("acopio_commits_total", "Durable transactions of changes since the start; each is one fsync.", nil, nil)
	buildDesc    = prometheus.NewDesc("acopio_build_info", "Always 1; the version is in the label.", []string{"version"}, nil)
)

// Describe and Collect implement prometheus.Collector: figures are read when asked for.
func (s *Server) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{seqDesc, recordsDesc, checksumDesc, onlineDesc, commitsDesc, buildDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *Server) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(buildDesc, 1, version.Version)
	gauge(onlineDesc, float64(s.devices.Count()))
	ch <- prometheus.MustNewConstMetric(commitsDesc, prometheus.CounterValue, float64(s.Engine.Commits()))
	heads, err := s.Feed.Heads(s.office.Context())
	if err != nil {
		ch <- prometheus.NewInvalidMetric(seqDesc, err)
		return
	}
	for _, h := range heads {
		gauge(seqDesc, float64(h.Seq), h.Network)
		gauge(recordsDesc, float64(h.Records), h.Network)
		gauge(checksumDesc, 1, h.Network, h.Checksum(record.Everything).String())
	}
}

// metrics are for this machine and for administrators: they name networks and how large they are.
func (s *Server) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(s)
	show := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.mayMeasure(r) {
			api.WriteFault(w, r, fault.New(fault.NotAllowed, "what", "/metrics"))
			return
		}
		show.ServeHTTP(w, r)
	})
}

func (s *Server) mayMeasure(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsLoopback() && !s.cfg.BehindProxy {
		return true
	}
	p, err := admin.Identify(s.Auth, r)
	return err == nil && p.Role().AtLeast(schema.Admin)
}
