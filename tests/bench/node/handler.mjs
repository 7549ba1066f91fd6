// What a capable developer would write on Node: Fastify, undici, fast-xml-parser.
// node handler.mjs PORT SOURCE request|fetch
import Fastify from "fastify";
import { XMLParser } from "fast-xml-parser";
import { fetch, request } from "undici";

const [port, source, way] = process.argv.slice(2);
const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "", isArray: (name) => name === "cliente" });
const app = Fastify({ logger: false });

// undici's own call, and the one of the web's standard on top of it.
const ways = {
  request: async (url) => {
    const { statusCode, body } = await request(url);
    return [statusCode, await body.arrayBuffer()];
  },
  fetch: async (url) => {
    const reply = await fetch(url);
    return [reply.status, await reply.arrayBuffer()];
  },
};

app.post("/identify", async (incoming) => {
  const [status, bytes] = await ways[way](`${source}?${new URLSearchParams(incoming.body.search)}`);
  if (status !== 200) throw new Error(`the source answered ${status}`);
  const customers = parser.parse(Buffer.from(bytes).toString("latin1")).clientes.cliente ?? [];
  const outcome = customers.length === 1 ? "found" : customers.length ? "several" : "not_found";
  return { outcome, customers };
});

await app.listen({ host: "127.0.0.1", port: Number(port) });
