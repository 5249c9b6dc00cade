// ActionheroWebsocketClient over HTTP. Part of Sidekick, Apache License 2.0.
(function (scope) {
  "use strict";

  function ActionheroWebsocketClient(options) {
    this.id = null;
    this.state = "disconnected";
    this.rooms = [];
    this.events = Object.create(null);
    this.options = Object.assign(this.defaults(), options);
  }

  // settle hands the answer of work to the callback, as (error, answer) or
  // (answer), by how many parameters it has; without one it returns a promise.
  function settle(callback, work) {
    if (typeof callback === "function") {
      return void work((answer) => {
        if (callback.length > 1) callback((answer && answer.error) || null, answer);
        else callback(answer);
      });
    }
    return new Promise((resolve, reject) => {
      work((answer, status) => {
        const error = answer && answer.error;
        if (!error) return resolve(answer);
        const text = typeof error === "string" ? error : error.statusText || error.message || JSON.stringify(error);
        reject(Object.assign(new Error(text), { data: answer, status: status }));
      });
    });
  }

  const escape = encodeURIComponent;

  // inQuery writes texts and lists of them; of objects, the members.
  function inQuery(name, value) {
    if (value === undefined) return "";
    if (typeof value === "object" && String(value).includes("[object Object]")) {
      return Object.keys(value).map((k) => inQuery(name + "[" + k + "]", value[k])).join("");
    }
    return "&" + escape(name) + "=" + [].concat(value).map(escape).join();
  }

  const unavailable = (name) => name + "() needs a websocket, but this server and its client use HTTP: call action() without connecting";

  Object.assign(ActionheroWebsocketClient.prototype, {
    defaults() {
      return { url: typeof location === "undefined" ? "" : location.origin, apiPath: "/api" };
    },

    // action(name[, params][, callback])
    action(name, params, callback) {
      if (!callback && typeof params === "function") return this.action(name, null, params);
      return this.actionWeb(Object.assign({}, params, { action: name }), callback);
    },

    // actionWeb sends params as JSON; GET in the query.
    actionWeb(params, callback) {
      const body = Object.assign({}, params), method = String(body.httpMethod || "POST").toUpperCase();
      delete body.httpMethod;
      return settle(callback, (done) => {
        let url = this.options.url + this.options.apiPath + "?action=" + escape(body.action);
        if (method === "GET") for (const k in body) if (k !== "action") url += inQuery(k, body[k]);
        const x = new XMLHttpRequest();
        x.onreadystatechange = () => {
          if (x.readyState !== 4) return;
          let answer;
          try {
            answer = JSON.parse(x.responseText);
          } catch (e) {
            answer = { error: { statusText: x.statusText || (x.status ? String(x.status) : "no answer"), responseText: x.responseText } };
          }
          done(answer, x.status);
        };
        x.open(method, url, true);
        if (method !== "GET") x.setRequestHeader("Content-Type", "application/json");
        x.send(method === "GET" ? null : JSON.stringify(body));
      });
    },

    connect(callback) {
      const error = new Error(unavailable("connect"));
      setTimeout(() => {
        this.emit("error", error);
        if (callback) callback(error);
      });
      if (!callback) return Promise.reject(error);
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
      else delete this.events[event];
      return this;
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

  const p = ActionheroWebsocketClient.prototype;
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
