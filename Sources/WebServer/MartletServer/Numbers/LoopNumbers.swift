import MartletGateway
import NIOCore

/// What one event loop has counted.
///
/// The rules:
///
/// 1. It is touched on its loop only, so that counting is an addition: no lock, no atomic operation, no line of memory that
///    two cores want. Whoever wants the numbers asks every loop (``Server/numbers()``).
/// 2. Labels are numbers of a configuration. Nothing that a client sends makes a new one.
/// 3. Numbers of a route are there from its first request on; after that nothing is allocated.
struct LoopNumbers: Sendable {
    private(set) var routes: [RouteNumbers] = []
    private(set) var listeners: [ListenerNumbers] = []

    mutating func began(_ route: RouteNumber) {
        makeRoom(for: route)
        routes[route.index].inFlight &+= 1
    }

    mutating func ended(_ record: ExchangeRecord, _ method: CountedMethod, wasUpgraded: Bool) {
        makeRoom(for: record.route)
        let taken = wasUpgraded ? nil : record.started.map { (NIODeadline.now() - $0).nanoseconds }
        if record.route != .none { routes[record.route.index].inFlight &-= 1 }
        routes[record.route.index].ended(
            method,
            status: record.status,
            nanoseconds: taken,
            received: record.receivedBytes,
            sent: record.sentBytes
        )
    }

    private mutating func makeRoom(for route: RouteNumber) {
        while routes.count <= route.index { routes.append(RouteNumbers()) }
    }

    /// The numbers of a listener, to be changed.
    subscript(listener index: Int) -> ListenerNumbers {
        get { listeners.indices.contains(index) ? listeners[index] : ListenerNumbers() }
        _modify {
            while listeners.count <= index { listeners.append(ListenerNumbers()) }
            yield &listeners[index]
        }
    }
}
