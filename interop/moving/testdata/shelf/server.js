// Starts the shelf. It says "ready" when it answers, and ends on SIGTERM.
const { Process } = require("actionhero");

const app = new Process();

process.once("SIGTERM", async () => {
  await app.stop();
  process.exit(0);
});

app.start().then(
  () => console.log("ready"),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
