// node-soap over the WSDLs of the folder that is named first, on a free port of 127.0.0.1: /<style>-<version>.
const fs = require("fs");
const http = require("http");
const path = require("path");
const soap = require("soap");

const people = (names) => names.map((nome) => ({ nome, cpf: "12345678909", plano: { nome: "Ouro" } }));

function found({ cpf, nome }) {
  // A parameter that names its type comes as an object.
  const text = (value) => (value && typeof value === "object" ? value.$value : value);
  if (text(nome) === "Falha") {
    throw { Fault: { faultcode: "soap:Server", faultstring: "Banco fora do ar ao procurar Falha" } };
  }
  if (text(nome) === "Silva") return people(["Ana Silva", "José da Silva"]);
  return text(cpf) === "12345678909" ? people(["João & Cia"]) : [];
}

const server = http.createServer((request, response) => response.writeHead(404).end());
server.listen(0, "127.0.0.1", () => {
  for (const file of fs.readdirSync(process.argv[2])) {
    const name = path.basename(file, ".wsdl");
    const answer = (given) => {
      const cliente = found(given);
      return name.startsWith("document-bare") ? { cliente } : { lista: { cliente } };
    };
    soap.listen(server, {
      path: `/${name}`,
      services: { Clientes: { Clientes: { BuscarCliente: answer } } },
      xml: fs.readFileSync(path.join(process.argv[2], file), "utf8"),
      forceSoap12Headers: name.endsWith("1.2"),
    });
  }
  console.log(`ready ${server.address().port}`);
});
