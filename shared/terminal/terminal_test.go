package terminal

import (
	"errors"
	"strings"
	"testing"

	"acopio/shared/fault"
)

func TestReport(t *testing.T) {
	t.Setenv("LC_ALL", "en_US.UTF-8")
	for _, c := range []struct {
		err  error
		exit int
		says string
	}{
		{fault.New(fault.NotEnrolled), fault.NotEnrolled.ExitCode(), fault.New(fault.NotEnrolled).Text("en")},
		{errors.New(`unknown command "sinc" for "acopio"`), fault.BadUsage.ExitCode(), "sinc"},
		{errors.New("the moon is missing"), fault.Internal.ExitCode(), "the moon is missing"},
	} {
		var out strings.Builder
		if exit := Report(&out, c.err); exit != c.exit || !strings.Contains(out.String(), c.says) {
			t.Errorf("%v: exit %d, want %d; %q", c.err, exit, c.exit, out.String())
		}
	}
}

func TestLang(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "", "es"},
		{"", "", "en_US.UTF-8", "en"},
		{"", "es_PE.UTF-8", "en_US.UTF-8", "es"},
		{"en_GB", "es_PE.UTF-8", "es_PE.UTF-8", "en"},
		{"", "", "pt_BR.UTF-8", "es"},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_MESSAGES", c.messages)
		t.Setenv("LANG", c.lang)
		if got := Lang(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
