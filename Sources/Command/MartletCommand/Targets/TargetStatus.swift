import MartletProxy
import MartletWSGI

/// What a target is doing, as `martlet status` shows it.
indirect enum TargetStatus: Codable, Sendable {
    case wsgi(PoolStatus)
    case proxy(ProxyStatus)
    case program(ProgramStatus)
    /// Of an application of the program itself: those of what is mounted in it.
    case parts([Part])

    struct Part: Codable, Sendable {
        let path: String
        let status: TargetStatus
    }

    /// Which of the cases it is, in JSON.
    private enum Kind: String, Codable {
        case wsgi
        case proxy
        case program
        case parts
    }

    private enum CodingKeys: CodingKey {
        case kind
        case parts
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .wsgi: self = .wsgi(try PoolStatus(from: decoder))
        case .proxy: self = .proxy(try ProxyStatus(from: decoder))
        case .program: self = .program(try ProgramStatus(from: decoder))
        case .parts: self = .parts(try container.decode([Part].self, forKey: .parts))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .wsgi(let pool):
            try container.encode(Kind.wsgi, forKey: .kind)
            try pool.encode(to: encoder)
        case .proxy(let proxy):
            try container.encode(Kind.proxy, forKey: .kind)
            try proxy.encode(to: encoder)
        case .program(let program):
            try container.encode(Kind.program, forKey: .kind)
            try program.encode(to: encoder)
        case .parts(let parts):
            try container.encode(Kind.parts, forKey: .kind)
            try container.encode(parts, forKey: .parts)
        }
    }

    /// Without what the file of the site keeps to itself.
    func masked(by log: LogState) -> TargetStatus {
        switch self {
        case .wsgi(var pool):
            pool.application = log.masked(pool.application)
            pool.python = log.masked(pool.python)
            return .wsgi(pool)
        case .proxy(var proxy):
            for index in proxy.upstreams.indices {
                proxy.upstreams[index].url = log.masked(proxy.upstreams[index].url)
                if let text = proxy.upstreams[index].lastFailure?.text {
                    proxy.upstreams[index].lastFailure?.text = log.masked(text)
                }
            }
            return .proxy(proxy)
        case .program(var program):
            program.program = log.masked(program.program)
            return .program(program)
        case .parts(let parts): return .parts(parts.map { Part(path: $0.path, status: $0.status.masked(by: log)) })
        }
    }

    /// As a person reads it.
    var lines: [String] {
        switch self {
        case .wsgi(let pool): pool.lines
        case .proxy(let proxy): proxy.lines
        case .program(let program): [program.line]
        case .parts(let parts): parts.flatMap { part in ["\(part.path):"] + part.status.lines }
        }
    }
}

extension PoolStatus {
    fileprivate var lines: [String] {
        let oldest = queueLength > 0 ? ", the oldest for \(Self.seconds(queueSeconds))" : ""
        var lines = ["\(application) with \(python), generation \(generation)", "  \(queueLength) waiting\(oldest)"]
        if leastWorkers < mostWorkers {
            lines.append("  \(workers.count) workers, \(leastWorkers) to \(mostWorkers) by the load")
        }
        lines.append("  pid      state     gen  up        served      memory  requests")
        for worker in workers {
            lines.append(
                "  " + "\(worker.pid)".padded(to: 9) + worker.state.padded(to: 10)
                    + "\(worker.generation)".padded(to: 5)
                    + Self.seconds(worker.uptimeSeconds).padded(to: 10) + "\(worker.requestsServed)".padded(to: 12)
                    + "\(worker.memory >> 20) MB".padded(to: 8) + "\(worker.requests.count) of \(threads)"
            )
            for request in worker.requests {
                lines.append("    \(request.id)  \(Self.seconds(request.seconds))  \(request.line)")
            }
        }
        return lines
    }

    private static func seconds(_ value: Double) -> String {
        switch value {
        case ..<10: "\((value * 10).rounded() / 10) s"
        case ..<120: "\(Int(value)) s"
        case ..<7200: "\(Int(value / 60)) min"
        default: "\(Int(value / 3600)) h"
        }
    }
}
