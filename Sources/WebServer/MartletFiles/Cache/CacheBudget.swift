import Synchronization

/// How much all loops together may keep.
package final class CacheBudget: Sendable {
    /// Of bodies. nginx keeps descriptors only, and leaves the bytes to the system.
    private static let usualBytes = 32 << 20
    /// Of files that are too large to keep their bytes; nginx's examples have `open_file_cache max=1000`, bytes and all.
    package static let usualDescriptors = 256

    let bytes: Allowance
    let descriptors: Allowance

    init(bytes: Int, descriptors: Int) {
        self.bytes = Allowance(bytes)
        self.descriptors = Allowance(descriptors)
    }

    package static func usual(descriptors: Int = usualDescriptors) -> CacheBudget {
        CacheBudget(bytes: usualBytes, descriptors: descriptors)
    }
}

/// A number that is shared out.
final class Allowance: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    /// - Returns: nil if there is not so much left; else what gives it back with its last owner.
    func reserve(_ count: Int) -> Reservation? {
        guard left.subtract(count, ordering: .relaxed).newValue >= 0 else {
            left.add(count, ordering: .relaxed)
            return nil
        }
        return Reservation(count, of: self)
    }

    final class Reservation: Sendable {
        private let count: Int
        private let allowance: Allowance

        init(_ count: Int, of allowance: Allowance) {
            self.count = count
            self.allowance = allowance
        }

        deinit { allowance.left.add(count, ordering: .relaxed) }
    }
}
