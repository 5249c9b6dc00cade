// Validates OpenAPI 3.1 and Swagger 2.0 documents: against the schemas of the
// OpenAPI Initiative, and by the linter of Redocly, which follows references and
// examples, too. Prints what is wrong with each.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { createConfig, lint } from "@redocly/openapi-core";

const config = await createConfig({
  extends: ["recommended"],
  rules: {
    // Who may call an action is not known to what describes it.
    "security-defined": "off",
    "info-license": "off",
    "tag-description": "off",
    "no-server-example.com": "off",
    // Two routes may fit one path: the first wins, as README says.
    "no-ambiguous-paths": "off",
    // An action may answer every status that it likes.
    "operation-4xx-response": "off",
    "no-unused-components": "error",
    "no-invalid-media-type-examples": "error",
    "no-invalid-schema-examples": "error",
    "no-invalid-parameter-examples": "error",
  },
  // Actionhero's Swagger document has no ids of operations.
  oas2Rules: { "operation-operationId": "off" },
});

let wrong = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const result = await new Validator().validate(JSON.parse(text));
  if (!result.valid) {
    wrong++;
    console.log(`${file}: schema: ${JSON.stringify(result.errors)}`);
  }
  for (const problem of await lint({ ref: file, config })) {
    wrong++;
    console.log(`${file}: ${problem.ruleId}: ${problem.message} ${problem.location.map((l) => l.pointer).join(" ")}`);
  }
}
process.exit(wrong > 0 ? 1 : 0);
