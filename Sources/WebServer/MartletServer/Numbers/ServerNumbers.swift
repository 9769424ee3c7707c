import MartletGateway

/// What a server has counted since its start, all event loops together.
package struct ServerNumbers: Sendable {
    /// By the number of the route.
    package var routes: [RouteNumbers] = []
    package var names: [RouteNames.Name] = []
    package var listeners: [(address: String, numbers: ListenerNumbers)] = []

    package init() {}

    /// The routes that had requests.
    package var used: [(name: RouteNames.Name, numbers: RouteNumbers)] {
        zip(names, routes).filter { $1.total > 0 || $1.inFlight > 0 }.map { ($0, $1) }
    }

    /// All routes together, without those who ask whether the server is ready.
    package var total: RouteNumbers {
        var total = RouteNumbers()
        for (index, route) in routes.enumerated() where index != RouteNumber.health.index { total.add(route) }
        return total
    }

    package var openConnections: Int {
        listeners.reduce(0) { sum, listener in
            sum + ListenerNumbers.Phase.allCases.reduce(0) { $0 + listener.numbers[open: $1] }
        }
    }

    mutating func add(_ loop: LoopNumbers) {
        while routes.count < loop.routes.count { routes.append(RouteNumbers()) }
        for (index, route) in loop.routes.enumerated() { routes[index].add(route) }
        for (index, listener) in loop.listeners.enumerated() where index < listeners.count {
            listeners[index].numbers.add(listener)
        }
    }
}
