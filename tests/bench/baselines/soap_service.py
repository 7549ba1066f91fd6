"""A SOAP service, asked with zeep's AsyncClient, as its documentation shows: built once, the address from the arguments."""

from __future__ import annotations

from typing import Any

import httpx
import zeep
from zeep.helpers import serialize_object
from zeep.transports import AsyncTransport

from tests.bench.baselines.serving import Customers, app, parser, serve


def main() -> None:
    taken = parser(__doc__)
    taken.add_argument("--wsdl", required=True)
    arguments = taken.parse_args()
    service: Any = None

    async def look_up(client: Any, search: dict[str, str]) -> Customers:
        nonlocal service
        if service is None:
            transport = AsyncTransport(client=client, wsdl_client=httpx.Client())
            service = zeep.AsyncClient(arguments.wsdl, transport=transport).service
            # AsyncClient.create_service makes a proxy that does not await (zeep 4.3), so its users write this.
            service._binding_options["address"] = arguments.source[0]
        answer = await service.BuscarCliente(filtro=search)
        customers: Customers = serialize_object(answer, dict)
        for customer in customers:
            if customer["nascimento"] is not None:
                customer["nascimento"] = customer["nascimento"].isoformat()
        return customers

    serve(app(arguments.client, look_up), arguments.port)


if __name__ == "__main__":
    main()
