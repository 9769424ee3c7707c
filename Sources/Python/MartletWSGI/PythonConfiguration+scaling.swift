extension PythonConfiguration {
    /// With `--reload` all workers are there: what cannot be imported is shown, and not tried again.
    var scaling: PoolScaling {
        PoolScaling(
            least: reloadsOnChange ? workers : minimumWorkers ?? workers,
            most: workers,
            threads: threads,
            idleTime: workersIdle
        )
    }

    /// What contradicts itself; nil if nothing does.
    package var problem: String? {
        guard let minimumWorkers, minimumWorkers > workers else { return nil }
        return "\(minimumWorkers) is more than the number of workers, which is at most \(workers)"
    }
}
