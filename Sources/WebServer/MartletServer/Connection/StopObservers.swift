/// Who wants to be told that the server stops: answers that have no end of their own, such as WebSockets. Of one loop, and used on it.
final class StopObservers: @unchecked Sendable {
    private var observers: [ObjectIdentifier: @Sendable () -> Void] = [:]
    private var isStopping = false

    /// - Parameter owner: removes it before it goes.
    func add(_ owner: AnyObject, _ tell: @escaping @Sendable () -> Void) {
        if isStopping { tell() } else { observers[ObjectIdentifier(owner)] = tell }
    }

    func remove(_ owner: AnyObject) {
        if !observers.isEmpty { observers[ObjectIdentifier(owner)] = nil }
    }

    func tell() {
        isStopping = true
        let told = observers.values
        observers = [:]
        for tell in told { tell() }
    }
}
