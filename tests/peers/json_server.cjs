// json-server over the tables of the JSON file that is named first, on a free port of 127.0.0.1.
const jsonServer = require("json-server");

const app = jsonServer.create();
app.use(jsonServer.defaults({ logger: false, noCors: true, readOnly: true }));
app.use(jsonServer.router(require(process.argv[2])));
const listening = app.listen(0, "127.0.0.1", () => console.log(`ready ${listening.address().port}`));
