package device

import "acopio/shared/clock"

// maxRepairs bounds the log of repairs.
const maxRepairs = 20

// Repair is one time that a network's rows were found to differ from the server's, and were made equal.
type Repair struct {
	At      clock.Millis `json:"at"`
	Network string       `json:"network"`
	Records int          `json:"records,omitempty"` // written or removed
	Whole   bool         `json:"whole,omitempty"`   // the network was fetched anew
}

// Repaired notes a repair.
func (s *State) Repaired(r Repair) {
	from := max(0, len(s.Repairs)+1-maxRepairs)
	s.Repairs = append(append([]Repair{}, s.Repairs[from:]...), r) // copies of the state share the old one
}
