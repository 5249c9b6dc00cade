package dispatch

// Options returns the options of the dispatcher, with their defaults. It is a copy; what its
// members point to must not be changed.
func (d *Dispatcher) Options() Options { return d.opts }

// Dispatcher returns the dispatcher that runs the action, for actions that describe the API.
func (c *Connection) Dispatcher() *Dispatcher { return c.call.d }
