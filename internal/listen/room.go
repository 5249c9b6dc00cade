package listen

import (
	"cmp"
	"log/slog"
	"net/http"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// When there are more clients than a group may have connections, it closes those
// that have been idle longest. If none is idle, new clients may still ask for
// probes, so that a full server is not mistaken for a dead one.

// The places of a connection.
const (
	free     = iota // outside the limit: there is none, or the server is stopping
	slot            // one of those within the limit
	reserved        // beyond it, only for probes
)

// findRoom gives c its place. If there is neither room nor a reserve, it waits, at
// the longest until done.
func (g *Group) findRoom(c *Conn, done <-chan struct{}) {
	if g.slots == nil || g.takeSlot(c) {
		return
	}
	closed := g.closeLongestIdle(time.Now())
	g.crowd.note(closed)
	switch {
	case closed > 0 && g.takeSlot(c):
	case g.reserveSize > 0:
		g.takeReserve(c)
	default:
		var place int8 = free
		select {
		case g.slots <- struct{}{}:
			place = slot
		case <-done: // the server is stopping; this client is still answered
		}
		g.mu.Lock()
		c.place, c.born = place, time.Now() // it has not been idle until now
		g.mu.Unlock()
	}
}

func (g *Group) takeSlot(c *Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.takeSlotLocked(c)
}

func (g *Group) takeSlotLocked(c *Conn) bool {
	select {
	case g.slots <- struct{}{}:
		c.place = slot
		return true
	default:
		return false
	}
}

// leave gives up the place of c. g.mu is held.
func (g *Group) leave(c *Conn) {
	switch c.place {
	case slot:
		<-g.slots
	case reserved:
		g.reserve = slices.DeleteFunc(g.reserve, func(o *Conn) bool { return o == c })
	}
	c.place = free
}

// takeReserve puts c into the reserve. If that is full, it removes the oldest
// connection on which nothing is being answered, since probes send their request as
// soon as they are connected.
func (g *Group) takeReserve(c *Conn) {
	g.mu.Lock()
	c.place = reserved
	g.reserve = append(g.reserve, c)
	var last *Conn
	if len(g.reserve) > g.reserveSize {
		if i := slices.IndexFunc(g.reserve, (*Conn).isQuiet); i >= 0 {
			last = g.reserve[i]
			g.leave(last)
		}
	}
	g.mu.Unlock()
	if last != nil {
		last.shut()
	}
}

// isQuiet reports whether no request is being answered over c.
func (c *Conn) isQuiet() bool {
	switch http.ConnState(c.state.Load()) {
	case unseen, parked, http.StateNew, http.StateIdle:
		return true
	}
	return false
}

// Admit reports whether a request over c that is not for a probe may be answered:
// not over a connection beyond the limit, unless there is room by now.
func (c *Conn) Admit() bool {
	if c.admitted.Load() {
		return true
	}
	g := c.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.place == reserved {
		if !g.takeSlotLocked(c) {
			g.crowd.refused.Add(1)
			return false
		}
		g.reserve = slices.DeleteFunc(g.reserve, func(o *Conn) bool { return o == c })
	}
	c.admitted.Store(true)
	return true
}

const (
	// idleH2 is how long an HTTP/2 connection must have been idle to be closed for
	// others. It gets no GOAWAY, so its client has to notice.
	idleH2 = 5 * time.Second
	// scanPause is how long not to look again after finding nothing.
	scanPause = 100 * time.Millisecond
	// batch is the fraction of all connections that are closed at once, because
	// looking for them takes longer than closing them.
	batch = 64
)

// closeLongestIdle closes some of the connections that have been idle longest, and
// returns how many.
func (g *Group) closeLongestIdle(now time.Time) int {
	type candidate struct {
		conn  *Conn
		since time.Time
	}
	g.mu.Lock()
	if now.Before(g.crowd.scanAt) {
		g.mu.Unlock()
		return 0
	}
	var idle []candidate
	for c := range g.conns {
		if c.closing || c.place == reserved {
			continue
		}
		rest, since := c.rest(now)
		if rest == foreign && http.ConnState(c.state.Load()) == http.StateIdle {
			if since = c.lastUse(); now.Sub(since) > idleH2 {
				rest = over
			}
		}
		if rest == over {
			idle = append(idle, candidate{c, since})
		}
	}
	sort.Slice(idle, func(i, j int) bool { return idle[i].since.Before(idle[j].since) })
	idle = idle[:min(len(idle), cmp.Or(len(g.conns)/batch, 1))]
	var doomed []*Conn
	for _, i := range idle {
		if i.conn.doom() {
			g.leave(i.conn)
			doomed = append(doomed, i.conn)
		}
	}
	if len(doomed) == 0 {
		g.crowd.scanAt = now.Add(scanPause)
	}
	g.mu.Unlock()
	for _, c := range doomed {
		c.shut()
	}
	return len(doomed)
}

// crowd logs when a group is full: a warning at first and once a minute while it
// lasts, and a record when nobody was turned away for some time.
type crowd struct {
	logger *slog.Logger
	max    int
	scanAt time.Time // see closeLongestIdle; guarded by the group's mutex

	mu           sync.Mutex
	began, last  time.Time    // when a client found no room, first and last
	told         time.Time    // when that was last logged
	closed, more int          // connections closed for others, and new ones
	refused      atomic.Int64 // requests
	timer        *time.Timer
	stopped      bool
}

const (
	tellEvery  = time.Minute
	calm       = 10 * time.Second // the time without a turned-away client after which it is over
	watchEvery = time.Second
)

// note records a connection for which there was no room until this many others were
// closed.
func (f *crowd) note(closed int) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed += closed
	f.more++
	f.last = now
	if f.stopped || !f.began.IsZero() {
		return
	}
	f.began, f.told = now, now
	f.logger.Warn("the connection limit is reached", "maxConnections", f.max, "idleClosed", f.closed)
	f.timer = time.AfterFunc(watchEvery, f.look)
}

// look logs that it continues, or that it is over.
func (f *crowd) look() {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return
	}
	numbers := []any{"maxConnections", f.max, "for", f.last.Sub(f.began).Round(time.Millisecond), "came", f.more, "idleClosed", f.closed, "refused", f.refused.Load()}
	switch {
	case now.Sub(f.last) >= calm:
		f.logger.Info("there is room for connections again", numbers...)
		f.began, f.closed, f.more = time.Time{}, 0, 0
		f.refused.Store(0)
		return
	case now.Sub(f.told) >= tellEvery:
		f.told = now
		f.logger.Warn("the connection limit is still reached", numbers...)
	}
	f.timer.Reset(watchEvery)
}

func (f *crowd) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped = true; f.timer != nil {
		f.timer.Stop()
	}
}
