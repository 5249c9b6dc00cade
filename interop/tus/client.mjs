// Uploads a file and says what has become of it. Arguments: the address of the
// server, the size of the file, and the options of the upload as JSON.
import { Upload } from "tus-js-client";

const [endpoint, size, options] = process.argv.slice(2);
const content = Buffer.alloc(Number(size));
for (let i = 0; i < content.length; i++) content[i] = (i * 31 + (i >> 8)) & 0xff;
let retries = 0;
const upload = new Upload(content, {
  endpoint,
  retryDelays: Array(60).fill(20),
  metadata: { filename: "numbers.bin", filetype: "application/x-numbers" },
  onShouldRetry: () => { retries++; return true; },
  ...JSON.parse(options),
  onError: (error) => { console.log(JSON.stringify({ error: String(error), retries })); },
  onSuccess: () => { console.log(JSON.stringify({ url: upload.url, retries })); },
});
upload.start();
