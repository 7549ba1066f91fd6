<?php
// PHP's SoapServer over the WSDLs of the folder SOAP_WSDLS: /<style>-<version>. Serves customers, nobody, and a fault.
class Plano { public $nome; }
class Cliente { public $nome; public $cpf; public $email; public $plano; }
class Lista { public $cliente = []; }
class Resposta { public $lista; }

class Clientes {
  public function __construct(private string $style) {}

  public function BuscarCliente(...$given) {
    $document = str_starts_with($this->style, 'document');
    $cpf = $document ? $given[0]->cpf : $given[0];
    $nome = $document ? $given[0]->nome : $given[1];
    if ($nome === 'Falha') {
      throw new SoapFault('Server', "Banco fora do ar ao procurar $nome");
    }
    $found = $cpf === '12345678909' ? $this->people(['João & Cia']) : [];
    $found = $nome === 'Silva' ? $this->people(['Ana Silva', 'José da Silva']) : $found;
    if ($this->style === 'rpc-encoded') {
      return $found;
    }
    $list = new Lista();
    $list->cliente = $found;
    if ($this->style !== 'document-wrapped') {
      return $list;
    }
    $answer = new Resposta();
    $answer->lista = $list;
    return $answer;
  }

  private function people(array $names): array {
    $plan = new Plano();
    $plan->nome = 'Ouro';
    return array_map(function (string $name) use ($plan) {
      $person = new Cliente();
      $person->nome = $name;
      $person->cpf = '12345678909';
      $person->plano = $plan;  // one object for all: with SOAP encoding the second one is a reference
      return $person;
    }, $names);
  }
}

$name = basename(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
preg_match('/^(.*)-(1\.[12])$/', $name, $parts);
$server = new SoapServer(getenv('SOAP_WSDLS') . "/$name.wsdl", [
  'soap_version' => $parts[2] === '1.2' ? SOAP_1_2 : SOAP_1_1,
  'cache_wsdl' => WSDL_CACHE_NONE,
]);
$server->setObject(new Clientes($parts[1]));
$server->handle();
