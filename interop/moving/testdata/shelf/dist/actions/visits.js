const { Action } = require("actionhero");
const store = require("../store");

exports.Visits = class extends Action {
  constructor() {
    super();
    this.name = "visits";
    this.description = "counts a client's visits";
    this.inputs = {};
    this.outputExample = { client: "8a1f", visits: 1 };
  }
  async run({ connection, response }) {
    const id = connection.fingerprint;
    response.client = id;
    response.visits = store.change((data) => (data.visits[id] = (data.visits[id] ?? 0) + 1));
  }
};

exports.Handbook = class extends Action {
  constructor() {
    super();
    this.name = "handbook";
    this.description = "sends a page of the handbook";
    this.inputs = { page: { required: true }, "odd,name": { required: false } };
  }
  async run(data) {
    data.toRender = false;
    data.connection.setHeader("Content-Type", "text/plain");
    data.connection.rawConnection.responseHttpCode = 200;
    data.connection.pipe(`The page about ${data.params.page}.\n`, { "Content-Type": "text/plain" });
  }
};
