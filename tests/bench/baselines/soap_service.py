"""A SOAP service, asked with zeep's AsyncClient, as its documentation shows: built once, the address from the arguments."""

from __future__ import annotations

from typing import Any

import httpx
import zeep
import zeep.helpers
import zeep.transports

from tests.bench.baselines.serving import Customers, app, parser, serve


def main() -> None:
    taken = parser(__doc__)
    taken.add_argument("--wsdl", required=True)
    arguments = taken.parse_args()
    # zeep has no types.
    untyped: Any = zeep
    service: Any = None

    async def look_up(client: Any, search: dict[str, str]) -> Customers:
        nonlocal service
        if service is None:
            transport = untyped.transports.AsyncTransport(client=client, wsdl_client=httpx.Client())
            service = untyped.AsyncClient(arguments.wsdl, transport=transport).service
            # AsyncClient.create_service makes a proxy that does not await (zeep 4.3), so its users write this.
            service._binding_options["address"] = arguments.source[0]
        answer = await service.BuscarCliente(filtro=search)
        customers: Customers = untyped.helpers.serialize_object(answer, dict)
        for customer in customers:
            if customer["nascimento"] is not None:
                customer["nascimento"] = customer["nascimento"].isoformat()
        return customers

    serve(app(arguments.client, look_up), arguments.port)


if __name__ == "__main__":
    main()
