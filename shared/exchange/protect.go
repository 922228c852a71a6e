package exchange

import "strings"

// Spreadsheets run a cell of a CSV file that begins with one of these as a formula.
const formulaStarts = "=+-@\t\r"

// protect writes text so that a spreadsheet shows it instead of running it: with an apostrophe before it. Text that
// already looks protected gets one more, so that unprotect always gives back what was there.
func protect(s string) string {
	if startsFormula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// unprotect takes back what protect did.
func unprotect(s string) string {
	if len(s) > 1 && s[0] == '\'' && startsFormula(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func startsFormula(s string) bool { return s != "" && strings.IndexByte(formulaStarts, s[0]) >= 0 }
