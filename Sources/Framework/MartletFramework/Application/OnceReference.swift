internal import Synchronization

/// A reference that is set once and then only read, from any thread, for the cost of a load and a retain. The standard
/// library's `AtomicLazyReference` does the same through unspecialised generics, which is measurable on the path of
/// every request.
struct OnceReference<Object: AnyObject & Sendable>: ~Copyable, Sendable {
    /// The retained object's address; 0 before it is set.
    private let address = Atomic<UInt>(0)

    func load() -> Object? {
        Self.object(at: address.load(ordering: .acquiring))
    }

    /// Sets the reference, unless another thread has.
    ///
    /// - Returns: the reference that is set.
    func store(_ object: Object) -> Object {
        let mine = Unmanaged.passRetained(object)
        let (isMine, winner) = address.compareExchange(
            expected: 0,
            desired: UInt(bitPattern: mine.toOpaque()),
            ordering: .acquiringAndReleasing
        )
        guard !isMine, let winner = Self.object(at: winner) else { return object }
        mine.release()
        return winner
    }

    private static func object(at address: UInt) -> Object? {
        UnsafeRawPointer(bitPattern: address).map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
    }

    deinit {
        if let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) {
            Unmanaged<Object>.fromOpaque(pointer).release()
        }
    }
}
