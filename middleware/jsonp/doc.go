// Package jsonp lets pages of other sites read JSON responses through a script
// element.
//
//	scripts, err := jsonp.New(jsonp.Options{})
//	if err != nil {
//		return err
//	}
//	mux.Handle("GET /weather", scripts.Handler(weather))
//
// With ?callback=app.done, the handler's JSON is sent as
// /**/app.done({"the":"JSON"});
//
// # Security
//
// Every page on the web can include the script. Use it for public data only;
// [Wrapper] says why.
//
// # Differences from Actionhero
//
// Actionhero removes some characters from the callback and calls what is left. Here
// a callback that is not a path of identifiers is refused with 400.
package jsonp
