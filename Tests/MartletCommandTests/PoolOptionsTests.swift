import ArgumentParser
import MartletWSGI
import Testing

@testable import MartletCommand

/// The flags of `martlet run` for the pool of workers.
@Suite struct PoolOptionsTests {
    private func pool(_ arguments: String...) throws -> PythonConfiguration {
        let target = try #require(try RunCommand.parse(["hello:app"] + arguments).site.routes.first?.target)
        guard case .wsgi(let python) = target else { throw ValidationError("\(target) is no Python application") }
        return python
    }

    @Test func defaultsAreThePools() throws {
        let pool = try pool()
        var defaults = PythonConfiguration(application: "hello:app", workers: pool.workers, threads: pool.threads)
        defaults.names = .flags
        #expect(fields(pool) == fields(defaults))
    }

    @Test func everyFlagArrives() throws {
        let pool = try pool(
            "--start-timeout",
            "5m",
            "--timeout",
            "2m",
            "--queue-timeout",
            "off",
            "--slow-request",
            "500ms",
            "--max-requests",
            "1000",
            "--max-lifetime",
            "24h",
            "--max-memory",
            "512MB",
            "--preload",
            "--allow-underscores",
            "--worker-user",
            "www-data:www-data",
            "--env",
            "A=1",
            "--env",
            "URL=a=b",
            "--env",
            "A=2"
        )
        #expect(pool.startTimeout == .seconds(300))
        #expect(pool.requestTimeout == .seconds(120))
        #expect(pool.queueTimeout == nil)
        #expect(pool.slowRequest == .milliseconds(500))
        #expect(pool.maximumRequests == 1000)
        #expect(pool.maximumLifetime == .seconds(86_400))
        #expect(pool.maximumMemory == 512 << 20)
        #expect(pool.preload)
        #expect(pool.allowsUnderscores)
        #expect(pool.user == "www-data:www-data")
        #expect(pool.environment == ["A": "2", "URL": "a=b"])
    }

    @Test(arguments: [
        ("--timeout", "30", "a duration has a unit: ms, s, m or h, as in 75s, or off"),
        ("--max-memory", "512", "a size has a unit: B, KB, MB or GB, as in 10MB, or off"),
        ("--max-memory", "1KB", "it is at least 1 MB, or off"),
        ("--max-requests", "0", "it is at least 1, or off"),
        ("--max-requests", "1000000001", "it is at most 1000000000, or off"),
        ("--max-memory", "2000GB", "it is at most 1024 GB, or off"),
        ("--timeout", "9223372036854775807ms", "it is at most 8760 h, or off"),
        ("--env", "A", "a variable is written KEY=VALUE; nothing is set by 'A' alone"),
        ("--env", "=A", "the name of a variable is empty; write KEY=VALUE"),
        ("--worker-user", "a:b:c", "write USER or USER:GROUP, by name or number"),
        ("--worker-user", ":", "write USER or USER:GROUP, by name or number"),
    ])
    func saysWhatIsWrong(flag: String, value: String, message: String) {
        do {
            _ = try pool("\(flag)=\(value)")
            Issue.record("\(flag) \(value) was accepted")
        } catch {
            #expect(RunCommand.message(for: error).contains(": \(message)"))
        }
    }

    private func fields(_ pool: PythonConfiguration) -> [String] {
        Mirror(reflecting: pool).children.map { "\($0.label ?? "") \($0.value)" }
    }
}
