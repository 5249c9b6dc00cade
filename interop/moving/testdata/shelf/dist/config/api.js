const path = require("path");
const root = path.join(__dirname, "..", "..");

exports.DEFAULT = {
  general: () => ({
    serverName: "Shelf",
    apiVersion: "1.2.0",
    simultaneousActions: 5,
    filteredParams: ["password"],
    welcomeMessage: "Welcome to the shelf",
    paths: {
      action: [path.join(root, "dist", "actions")],
      public: [path.join(root, "public")],
      initializer: [], server: [], task: [], cli: [], plugin: [],
      pid: [require("os").tmpdir()], log: [require("os").tmpdir()],
    },
  }),
};
