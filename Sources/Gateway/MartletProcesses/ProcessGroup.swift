internal import CMartletProcess

/// A process group, as /proc shows it.
package enum ProcessGroup {
    /// Whether a process that has not ended is in it. False where the system does not say.
    package static func isAlive(_ group: Int32) -> Bool { martlet_group_is_alive(group) == 1 }
}
