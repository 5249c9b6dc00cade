// Package reftest asks a server the recorded requests and says where it answers
// otherwise than Actionhero did.
//
// The recording (testdata/recorded.jsonl) holds 561 requests and what Actionhero
// 29.3.5 answered to them. testdata/wants.json lists the cases in which Sidekick
// means to answer otherwise, with the reason: there only what the want says is
// held. Everywhere else status, headers and body must be the recorded ones, save
// for what differs from run to run and for the freedoms that [Judge] lists.
//
// [Run] does it all for a test. The parts, [Load], [Ask] and [Judge], are there
// for whoever asks in another way.
package reftest
