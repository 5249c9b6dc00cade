// Package reftest sends recorded requests to a server and reports where its
// responses differ from Actionhero's.
//
// The recording (testdata/recorded.jsonl) holds 561 requests and the responses of
// Actionhero 29.3.5. testdata/wants.json lists the cases in which Sidekick
// deliberately answers differently, with the reason; there only what the want says
// is checked. Everywhere else status, headers and body must be the recorded ones,
// except for what differs from run to run and for the exceptions that [Judge]
// lists.
//
// [Run] does everything for a test. Its parts [Load], [Ask] and [Judge] can be used
// separately.
package reftest
