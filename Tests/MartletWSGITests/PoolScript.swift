import Logging
import MartletControl

@testable import MartletWSGI

/// A pool without processes: a test says what happens to it and reads what it does, as short lines.
struct PoolScript {
    private var machine: PoolMachine
    private(set) var now = Duration.zero
    /// What was written to the log so far.
    private(set) var log: [String] = []

    init(seats: Int = 1, least: Int? = nil, preloads: Bool = false, isDevelopment: Bool = false) {
        machine = PoolMachine(
            application: "app",
            python: "python3",
            scaling: PoolScaling(least: least ?? seats, most: seats, threads: 2, idleTime: .seconds(60)),
            preloads: preloads,
            isDevelopment: isDevelopment,
            grace: .seconds(30)
        )
    }

    /// A pool whose first workers are ready.
    static func serving(
        seats: Int = 1,
        least: Int? = nil,
        preloads: Bool = false,
        isDevelopment: Bool = false
    ) -> PoolScript {
        var script = PoolScript(seats: seats, least: least, preloads: preloads, isDevelopment: isDevelopment)
        _ = script.after(.start)
        if preloads { _ = script.after(.preloaded(1)) }
        for place in 0..<(least ?? seats) {
            _ = script.after(.spawned(WorkerID(place, 1), pid: Int32(100 + place)), .ready(WorkerID(place, 1)))
        }
        return script
    }

    mutating func pass(_ time: Duration) { now += time }

    /// What the pool does, but for its log.
    mutating func after(_ events: PoolMachine.Event...) -> [String] {
        events.flatMap { machine.handle($0, at: now) }.compactMap { action in
            switch action {
            case .spawn(let id, let preload, let isHeld):
                "spawn \(id.short)" + (preload.map { " by preload \($0)" } ?? "") + (isHeld ? ", held" : "")
            case .begin(let id): "begin \(id.short)"
            case .preload(let number): "preload \(number)"
            case .dropPreload(let number): "drop preload \(number)"
            case .settle(let id, _): "settle \(id.short)"
            case .stop(let id): "stop \(id.short)"
            case .kill(let id): "kill \(id.short)"
            case .discard(let id): "discard \(id.short)"
            case .wakeWorkers, .showTraceback, .announceImport: nil
            case .set(.restart(let id), let delay): "restart \(id.short) in \(delay)"
            case .set(.grace(let id, _), let delay): "grace of \(id.short) ends in \(delay)"
            case .set(.recycle(let id), let delay): "recycle \(id.short) in \(delay)"
            case .set(.stopGrace, let delay): "kill all in \(delay)"
            case .showFailure(let failure): failure.map { "show \($0.advice)" } ?? "show nothing"
            case .serveFolders(let folders):
                "serve " + (folders.folders.map(\.prefix) + (folders.reason.map { [$0] } ?? [])).joined(separator: ", ")
            case .started(let error): error.map { "not started: \($0)" } ?? "started"
            case .reloaded(let ticket, let error): "\(ticket): " + (error.map { "\($0)" } ?? "reloaded")
            case .stopped: "stopped"
            case .log(_, let text): note(text)
            }
        }
    }

    private mutating func note(_ text: String) -> String? {
        log.append(text)
        return nil
    }
}

extension WorkerID {
    init(_ place: Int, _ life: Int) { self.init(place: place, life: life) }

    /// Place and life.
    var short: String { "\(place).\(life)" }
}

extension ImportFailed {
    static let mistake = ImportFailed(advice: "a mistake", traceback: "")
}
