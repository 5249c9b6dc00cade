// ActionheroWebsocketClient over HTTP. Part of Sidekick, Apache License 2.0.
(function (scope) {
"use strict";

function ActionheroWebsocketClient(options) {
	this.id = null;
	this.state = "disconnected";
	this.rooms = [];
	this.removeAllListeners();
	this.options = Object.assign(this.defaults(), options);
}

// settle gives the answer of work to the callback, by its parameters as
// (error, answer) or (answer), or returns a promise.
function settle(callback, work) {
	if (typeof callback === "function") {
		const done = (answer) => (callback.length > 1 ? callback((answer && answer.error) || null, answer) : callback(answer));
		try {
			return void work(done);
		} catch (e) {
			return void setTimeout(done, 0, { error: e.message });
		}
	}
	return new Promise((resolve, reject) => {
		work((answer, status) => {
			const error = answer && answer.error;
			if (!error) return resolve(answer);
			const text = typeof error === "string" ? error : error.statusText || error.message || JSON.stringify(error);
			reject(Object.assign(new Error(text), { data: answer, status }));
		});
	});
}

const escape = encodeURIComponent;

// json refuses what would be lost in it.
const json = (params) =>
	JSON.stringify(params, (name, value) => {
		const type = {}.toString.call(value).slice(8, -1);
		if (/^(Object|Array|String|Number|Boolean|Null|Undefined)$/.test(type)) return value;
		throw new TypeError(name + " is a " + type + ", which JSON cannot have: send a FormData by fetch()");
	});

// inQuery writes lists as name[], or name[0] where there are objects or lists
// within, and objects as name[member].
function inQuery(name, value) {
	if (Object(value) !== value) return "&" + escape(name) + "=" + escape(value);
	const flat = Array.isArray(value) && value.every((v) => Object(v) !== v);
	return Object.keys(value).map((k) => inQuery(name + "[" + (flat ? "" : k) + "]", value[k])).join("");
}

const unavailable = (name) => name + "() needs a websocket, but this server and its client use HTTP: call action() without connecting";

const p = ActionheroWebsocketClient.prototype;
Object.assign(p, {
	defaults() {
		return { url: typeof location === "undefined" ? "" : location.origin, apiPath: "/api" };
	},

	action(name, params, callback) {
		if (!callback && typeof params === "function") return this.action(name, null, params);
		return this.actionWeb(Object.assign({}, params, { action: name }), callback);
	},

	// actionWeb sends params as JSON; GET in the query.
	actionWeb(params, callback) {
		const body = Object.assign({}, params), method = String(body.httpMethod || "POST").toUpperCase();
		delete body.httpMethod;
		return settle(callback, (done) => {
			const text = json(body), sent = JSON.parse(text);
			let url = this.options.url + this.options.apiPath + "?action=" + escape(body.action);
			if (method === "GET") for (const k in sent) if (k !== "action") url += inQuery(k, sent[k]);
			const x = new XMLHttpRequest();
			x.onloadend = () => {
				const status = x.status, responseText = x.responseText;
				let answer;
				try {
					answer = JSON.parse(responseText);
				} catch (e) {
					answer = { error: { statusText: x.statusText || String(status || "no answer"), responseText } };
				}
				done(answer, status);
			};
			x.open(method, url, true);
			if (method !== "GET") x.setRequestHeader("Content-Type", "application/json");
			x.send(method === "GET" ? null : text);
		});
	},

	connect(callback) {
		const error = new Error(unavailable("connect"));
		setTimeout(() => {
			this.emit("error", error);
			if (callback) callback(error);
		});
		const failed = Promise.reject(error);
		failed.catch(() => {}); // nobody need wait for it
		if (!callback) return failed;
	},

	disconnect() {
		this.state = "disconnected";
		this.emit("disconnected");
	},

	on(event, f) {
		this.events[event] = this.listeners(event).concat(f);
		return this;
	},
	once(event, f) {
		const once = (...values) => {
			this.off(event, once);
			f.apply(this, values);
		};
		once.wraps = f;
		return this.on(event, once);
	},
	off(event, f) {
		this.events[event] = f ? this.listeners(event).filter((g) => g !== f && g.wraps !== f) : [];
		return this;
	},
	removeAllListeners(event) {
		if (event === undefined) this.events = Object.create(null);
		return this.off(event);
	},
	listeners(event) {
		return this.events[event] || [];
	},
	emit(event, ...values) {
		const all = this.listeners(event);
		all.forEach((f) => f.apply(this, values));
		return all.length > 0;
	},
});

p.addListener = p.on;
p.removeListener = p.off;
for (const name of ["actionWebSocket", "send", "say", "file", "detailsView", "roomView", "roomAdd", "roomLeave", "documentation"]) {
	p[name] = function (...values) {
		const text = unavailable(name);
		return settle(values.pop(), (done) => setTimeout(() => done({ status: text, error: text, context: "response" })));
	};
}

scope.ActionheroWebsocketClient = ActionheroWebsocketClient;
})(typeof exports === "undefined" ? window : exports);
