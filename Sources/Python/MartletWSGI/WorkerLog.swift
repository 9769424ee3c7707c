package import Synchronization

/// How the workers of this process write their records on standard error, which is one for all.
package enum WorkerLog {
    /// As JSON; those that are started from now on.
    package static let isJSON = Atomic(false)
}
