package import MartletGateway

/// What answers below a route, with the route's number for whoever counts.
package struct CountedRoute: DirectApplication {
    private let number: RouteNumber
    private let entryPoint: EntryPoint

    package init(_ application: any Application, number: RouteNumber) {
        self.number = number
        entryPoint = EntryPoint(application)
    }

    package func respond(to request: Request) async throws -> Response {
        try await entryPoint.respond(to: request)
    }

    package func begin(_ request: Request, for exchange: any Exchange) {
        exchange.belongs(to: number)
        entryPoint.begin(request, for: exchange)
    }
}
