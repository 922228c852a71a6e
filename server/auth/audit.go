package auth

import (
	"context"

	"acopio/shared/clock"
)

// The actions of the audit. Their names are kept in it: never rename one.
const (
	actUserAdded    = "user_added"
	actUserChanged  = "user_changed"
	actPassword     = "password_changed"
	actCodeMade     = "code_made"
	actEnrolled     = "device_enrolled"
	actRevoked      = "device_revoked"
	actCopied       = "device_copied"
	actWipe         = "wipe_ordered"
	actObeyed       = "wipe_obeyed"
	actHandedIn     = "edits_handed_in"
	actLease        = "lease_changed"
	actDeletions    = "deletions_changed"
	actAuthorAdded  = "console_author_added"
	subjectUser     = "user"
	subjectDevice   = "device"
	subjectServer   = "server"
	mostAuditListed = 1000
)

// AuditEntry says who did what to which account or device.
type AuditEntry struct {
	N       uint64       `json:"n"`
	At      clock.Millis `json:"at"`
	Actor   Actor        `json:"actor"`
	Action  string       `json:"action"`
	Kind    string       `json:"kind"` // user, device or server
	Subject string       `json:"subject"`
	Name    string       `json:"name"`
	Detail  string       `json:"detail"`
}

// Audit lists what was done, newest first: up to limit entries before the numbered one (0: from the newest).
func (a *Auth) Audit(ctx context.Context, before uint64, limit int) ([]AuditEntry, error) {
	if before == 0 {
		before = 1 << 62
	}
	return list(a.store.read(ctx), scanAudit, `SELECT n, at, actor, actor_name, action, kind, subject, name, detail
		FROM auth_audit WHERE n < ? ORDER BY n DESC LIMIT ?`, int64(before), min(max(limit, 1), mostAuditListed))
}

func scanAudit(row scanner) (e AuditEntry, err error) {
	err = row.Scan(&e.N, &e.At, &e.Actor.User, &e.Actor.Name, &e.Action, &e.Kind, &e.Subject, &e.Name, &e.Detail)
	return e, err
}

func (r rows) auditHead() (n uint64, err error) {
	err = r.q.QueryRowContext(r.ctx, `SELECT COALESCE(MAX(n), 0) FROM auth_audit`).Scan(&n)
	return n, dbFault(err)
}

// note writes an entry. The number is taken inside the write transaction, so that readers that go on from the last
// one they know miss none. Detail never holds a secret.
func (t *tx) note(by Actor, action, kind, subject, name, detail string) error {
	head, err := t.auditHead()
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO auth_audit (n, at, actor, actor_name, action, kind, subject, name, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, int64(head+1), t.now, by.User, by.Name, action, kind, subject, name, detail)
}
