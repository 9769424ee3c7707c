import NIOCore
import Synchronization

extension Server {
    /// The routes that it counts; nil where nobody wants numbers.
    package var countedRoutes: RouteNames? { configuration.monitoring.wantsNumbers ? routeNames : nil }

    /// What the connections of an address are counted as: sockets of the same one, for several loops, are one listener.
    func number(of address: BoundAddress) -> Int {
        state.withLock { state in
            if let known = state.listenerAddresses.firstIndex(of: address.url) { return known }
            state.listenerAddresses.append(address.url)
            return state.listenerAddresses.count - 1
        }
    }

    /// What was counted so far. Asks every event loop in turn.
    package func numbers() async -> ServerNumbers {
        var numbers = ServerNumbers()
        let (contexts, addresses) = state.withLock { ($0.contexts, $0.listenerAddresses) }
        numbers.listeners = addresses.map { ($0, ListenerNumbers()) }
        for context in contexts {
            if let own = try? await context.loop.submit({ context.numbers }).get() { numbers.add(own) }
        }
        // After the loops: a route that has numbers has a name then.
        numbers.names = routeNames.all
        return numbers
    }
}
