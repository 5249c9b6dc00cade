package sidekick

// Schema is what there is to configure, for the tests that write it down.
var Schema = schema

// Effective returns the configuration that a Kit runs with.
func (k *Kit) Effective() Config { return k.cfg }

// Aliases and NotOffered are the tables of other names.
var (
	Aliases            = aliases
	NotOffered         = notOffered
	NotOfferedAnywhere = notOfferedAnywhere
)

// GoOnly returns the fields that can only be set in Go, by path: upload.store has Upload.Store.
func GoOnly() map[string]string {
	fields := map[string]string{}
	for _, o := range schema().Unsettable() {
		if o.GoOnly {
			fields[o.Path] = o.Field
		}
	}
	return fields
}
