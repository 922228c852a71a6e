package protocol

import (
	"crypto/ed25519"
	"testing"

	"acopio/shared/fault"
)

func TestOrdersAreKnownByTheirSignature(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Order{Device: "d1", ID: fixed(4), At: 1767268800000, AtOnce: true}
	signed := want.Sign(private)
	if got, err := signed.Open(public); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for name, k := range map[string]struct {
		order SignedOrder
		key   ed25519.PublicKey
	}{
		"another key":   {signed, stranger},
		"no key":        {signed, nil},
		"another order": {SignedOrder{Order: Canonical(Order{Device: "d2", ID: fixed(4)}), Signature: signed.Signature}, public},
		"no signature":  {SignedOrder{Order: signed.Order}, public},
		"without context": {
			SignedOrder{Order: signed.Order, Signature: ed25519.Sign(private, signed.Order)}, public,
		},
	} {
		if got, err := k.order.Open(k.key); !fault.Is(err, fault.OrderRefused) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
