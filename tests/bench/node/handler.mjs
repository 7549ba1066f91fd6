// What a capable developer would write on Node: Fastify, undici's pool, fast-xml-parser.
// node handler.mjs PORT SOURCE
import Fastify from "fastify";
import { XMLParser } from "fast-xml-parser";
import { Pool } from "undici";

const [port, source] = process.argv.slice(2);
const address = new URL(source);
const pool = new Pool(address.origin, { connections: 64 });
const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "", isArray: (name) => name === "cliente" });
const app = Fastify({ logger: false });

app.post("/identify", async (request) => {
  const query = new URLSearchParams(request.body.search);
  const reply = await pool.request({ method: "GET", path: `${address.pathname}?${query}` });
  const bytes = await reply.body.arrayBuffer();
  if (reply.statusCode !== 200) throw new Error(`the source answered ${reply.statusCode}`);
  const customers = parser.parse(Buffer.from(bytes).toString("latin1")).clientes.cliente ?? [];
  const outcome = customers.length === 1 ? "found" : customers.length ? "several" : "not_found";
  return { outcome, customers };
});

await app.listen({ host: "127.0.0.1", port: Number(port) });
