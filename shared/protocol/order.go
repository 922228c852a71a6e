package protocol

import (
	"crypto/ed25519"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// Order tells one device to delete all it holds.
type Order struct {
	_      struct{} `cbor:",toarray"`
	Device string
	ID     record.ID
	At     clock.Millis
	AtOnce bool // nothing is handed in first
}

// SignedOrder is an order as the server signed it: the signature is over the bytes as they are.
type SignedOrder struct {
	_         struct{} `cbor:",toarray"`
	Order     []byte
	Signature []byte
}

// orderContext keeps a signature made for one purpose from being shown for another.
const orderContext = "acopio order to wipe, 1\n"

// Sign signs an order.
func (o Order) Sign(key ed25519.PrivateKey) SignedOrder {
	body := Canonical(o)
	return SignedOrder{Order: body, Signature: ed25519.Sign(key, append([]byte(orderContext), body...))}
}

// Open reads an order, or fails with fault.OrderRefused when it was not signed with the key.
func (s SignedOrder) Open(key ed25519.PublicKey) (Order, error) {
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, append([]byte(orderContext), s.Order...), s.Signature) {
		return Order{}, fault.New(fault.OrderRefused)
	}
	o, err := Decode[Order](s.Order)
	if err != nil {
		return o, fault.Wrap(err, fault.OrderRefused)
	}
	return o, nil
}
