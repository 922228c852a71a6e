package api

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"acopio/shared/exchange"
	"acopio/shared/schema"
)

// fileAddingPatience is for a file, which is not asked for again in a moment.
const fileAddingPatience = time.Minute

type dashboardFileInput struct {
	Networks []string        `query:"network,explode" maxItems:"200" doc:"network codes; none: all that the person reaches"`
	Country  string          `query:"country" doc:"two letters"`
	Format   exchange.Format `query:"format" required:"true" enum:"csv,xlsx"`
	Lang     string          `query:"lang" enum:"es,en,pt,fr" doc:"language of the words in it"`
	Name     string          `query:"name" maxLength:"200" doc:"what the file is called"`
}

// dashboardFile is the dashboard's figures as a workbook, or as CSV.
func (s *service) dashboardFile() {
	huma.Register(s.huma, huma.Operation{
		Method: http.MethodGet, Path: "/api/dashboard/file", OperationID: "exportDashboard", Summary: "The register's figures as a file",
		Responses: map[string]*huma.Response{"200": {
			Description: "the file", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}},
	}, func(ctx context.Context, in *dashboardFileInput) (*exportOutput, error) {
		v, err := s.visit(ctx, false)
		if err != nil {
			return nil, err
		}
		figures, err := dashboardOf(ctx, v, &dashboardInput{Networks: in.Networks, Country: in.Country}, time.Now().Add(fileAddingPatience))
		if err != nil {
			return nil, err
		}
		var file bytes.Buffer
		if err := exchange.WriteTables(in.Format, &file, v.dashboardTables(figures, in.Lang)); err != nil {
			return nil, err
		}
		return &exportOutput{Body: func(hctx huma.Context) {
			_, w := humago.Unwrap(hctx)
			w.Header().Set("Content-Type", in.Format.ContentType())
			w.Header().Set("Content-Disposition", attachment(cmp.Or(in.Name, "acopio-"+figures.Day+"."+string(in.Format))))
			_, _ = w.Write(file.Bytes()) // whoever asked may have gone
		}}, nil
	})
}

// figureWords are what the columns and sheets of the file are called where the schema has no word for it.
var figureWords = map[string]schema.Label{
	"network":       {ES: "Red", EN: "Network", PT: "Rede", FR: "Réseau"},
	"country":       {ES: "País", EN: "Country", PT: "País", FR: "Pays"},
	"year":          {ES: "Año", EN: "Year", PT: "Ano", FR: "Année"},
	"month":         {ES: "Mes", EN: "Month", PT: "Mês", FR: "Mois"},
	"organizations": {ES: "Organizaciones", EN: "Organizations", PT: "Organizações", FR: "Organisations"},
	"counted":       {ES: "Con censo", EN: "With a census", PT: "Com censo", FR: "Avec recensement"},
	"families":      {ES: "Familias", EN: "Families", PT: "Famílias", FR: "Familles"},
	"women":         {ES: "Mujeres", EN: "Women", PT: "Mulheres", FR: "Femmes"},
	"youth":         {ES: "Jóvenes", EN: "Youth", PT: "Jovens", FR: "Jeunes"},
	"area":          {ES: "Hectáreas", EN: "Hectares", PT: "Hectares", FR: "Hectares"},
	"certified":     {ES: "Hectáreas certificadas", EN: "Certified hectares", PT: "Hectares certificados", FR: "Hectares certifiés"},
	"organic":       {ES: "Hectáreas orgánicas", EN: "Organic hectares", PT: "Hectares orgânicos", FR: "Hectares biologiques"},
	"freshness":     {ES: "Vigencia (%)", EN: "Freshness (%)", PT: "Atualidade (%)", FR: "Fraîcheur (%)"},
	"stale":         {ES: "Por verificar", EN: "To verify", PT: "A verificar", FR: "À vérifier"},
	"expiring":      {ES: "Certificados por vencer", EN: "Expiring certificates", PT: "Certificados a vencer", FR: "Certificats bientôt expirés"},
	"part":          {ES: "Parte", EN: "Part", PT: "Parte", FR: "Partie"},
	"fresh":         {ES: "Vigentes", EN: "Current", PT: "Atuais", FR: "À jour"},
	"joined":        {ES: "Ingresos", EN: "Joined", PT: "Ingressos", FR: "Entrées"},
	"left":          {ES: "Salidas", EN: "Left", PT: "Saídas", FR: "Sorties"},
	"members":       {ES: "Miembros", EN: "Members", PT: "Membros", FR: "Membres"},
	"product":       {ES: "Producto", EN: "Product", PT: "Produto", FR: "Produit"},
	"certificates":  {ES: "Certificados", EN: "Certificates", PT: "Certificados", FR: "Certificats"},
	"places":        {ES: "Redes y países", EN: "Networks and countries", PT: "Redes e países", FR: "Réseaux et pays"},
	"years":         {ES: "Censos", EN: "Censuses", PT: "Censos", FR: "Recensements"},
	"membership":    {ES: "Membresía", EN: "Membership", PT: "Filiação", FR: "Adhésion"},
	"products":      {ES: "Productos", EN: "Products", PT: "Produtos", FR: "Produits"},
}

// dashboardTables are the figures as tables, in a person's words.
func (v *visit) dashboardTables(d Dashboard, lang string) []exchange.Table {
	table := func(title string, columns ...string) exchange.Table {
		t := exchange.Table{Title: figureWords[title].In(lang)}
		for _, c := range columns {
			t.Header = append(t.Header, figureWords[c].In(lang))
		}
		return t
	}
	places := table("places", "network", "country", "organizations", "counted", "families", "women", "youth", "area", "freshness", "stale", "expiring")
	for _, p := range d.Places {
		places.Rows = append(places.Rows, []any{p.Network, p.Country, p.Organizations, p.Counted, p.Families, p.Women, p.Youth, p.Area, int64(p.Freshness), p.Stale, p.Expiring})
	}
	years := table("years", "year", "organizations", "families", "women", "youth", "area", "certified", "organic")
	for _, y := range d.Years {
		years.Rows = append(years.Rows, []any{int64(y.Year), y.Organizations, y.Families, y.Women, y.Youth, y.Area, y.Certified, y.Organic})
	}
	membership := table("membership", "year", "joined", "left", "members")
	for _, m := range d.Membership {
		membership.Rows = append(membership.Rows, []any{int64(m.Year), m.Joined, m.Left, m.Members})
	}
	products := table("products", "product", "organizations", "families")
	for _, p := range d.Products {
		products.Rows = append(products.Rows, []any{v.optionWord("organization", "products", p.Product, lang), p.Organizations, p.Families})
	}
	parts := table("freshness", "part", "fresh", "organizations")
	for _, p := range d.Parts {
		parts.Rows = append(parts.Rows, []any{v.optionWord("verification", "field_group", p.Part, lang), p.Fresh, p.Organizations})
	}
	expiring := table("expiring", "month", "certificates")
	for _, m := range d.Expiring {
		expiring.Rows = append(expiring.Rows, []any{m.Month, m.Certificates})
	}
	return []exchange.Table{places, years, membership, products, parts, expiring}
}

// optionWord is what people call an option of a field.
func (v *visit) optionWord(collection, field, code, lang string) string {
	if c, err := v.rep.Schema().Collection(collection); err == nil {
		if f, ok := c.Field(field); ok {
			for _, o := range f.Options {
				if o.Code == code {
					return o.Label.In(lang)
				}
			}
		}
	}
	return code
}
