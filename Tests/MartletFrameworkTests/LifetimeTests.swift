import HTTPTypes
import Logging
import MartletGateway
import MartletTesting
import ServiceLifecycle
import Synchronization
import Testing

@testable import MartletFramework

/// What an app does when it starts, beside requests, and when it ends.
@Suite struct LifetimeTests {
    struct Broken: Error {}

    final class Calls: Sendable {
        private let list = Mutex<[String]>([])

        func note(_ call: String) { list.withLock { $0.append(call) } }
        var all: [String] { list.withLock { $0 } }
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("In order, and back")
    func order() async throws {
        let app = App()
        let calls = Calls()
        for name in ["a", "b"] {
            app.onStart { calls.note("start \(name)") }
            app.onStop { calls.note("stop \(name)") }
        }
        app.background("work") {
            calls.note("work")
            defer { calls.note("work ends") }
            try await Task.sleep(for: .seconds(3600))
        }
        let answer = try await app.withLifetime(logger: logger) {
            while !calls.all.contains("work") { try await Task.sleep(for: .milliseconds(1)) }
            calls.note("body")
            return 7
        }
        #expect(answer == 7)
        #expect(calls.all == ["start a", "start b", "work", "body", "work ends", "stop b", "stop a"])
    }

    @Test("A start that fails ends what has begun")
    func failingStart() async throws {
        let app = App()
        let calls = Calls()
        app.onStop { calls.note("stop a") }
        app.onStart { throw Broken() }
        app.onStop { calls.note("stop b") }
        let error = await #expect(throws: StartFailure.self) {
            try await app.withLifetime(logger: logger) { calls.note("body") }
        }
        #expect(calls.all == ["stop a"])
        #expect(error?.description.contains("LifetimeTests.swift:") == true && error?.cause is Broken)
    }

    @Test("What the body throws is thrown, after the stop hooks; one that fails keeps none from running")
    func failingBody() async throws {
        let app = App()
        let calls = Calls()
        app.onStop { calls.note("stop") }
        app.onStop { throw Broken() }
        app.background("idle") { try await Task.sleep(for: .seconds(3600)) }
        await #expect(throws: Broken.self) { try await app.withLifetime(logger: logger) { throw Broken() } }
        #expect(calls.all == ["stop"])
    }

    @Test("A stop hook that does not end is not waited for", .timeLimit(.minutes(1)))
    func endlessStop() async throws {
        let app = App()
        app.onStop { while true { try? await Task.sleep(for: .milliseconds(50)); if Task.isCancelled { return } } }
        let start = ContinuousClock.now
        try await app.withLifetime(grace: .milliseconds(50), logger: logger) {}
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    struct Consumer: Service {
        let calls: Calls

        func run() async throws {
            try await withGracefulShutdownHandler {
                calls.note("run")
                try await gracefulShutdown()
            } onGracefulShutdown: {
                calls.note("told")
            }
        }
    }

    @Test("A service is told of the end")
    func service() async throws {
        let app = App()
        let calls = Calls()
        app.background("consumer", service: Consumer(calls: calls))
        try await app.withLifetime(logger: logger) {
            while calls.all.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        }
        #expect(calls.all == ["run", "told"])
    }

    @Test("What fails is begun again")
    func restart() async throws {
        let calls = Calls()
        let service = BackgroundService(
            name: "weak",
            body: {
                calls.note("try")
                if calls.all.count < 3 { throw Broken() }
            },
            logger: logger,
            pause: RestartPause(first: .milliseconds(1))
        )
        try await service.run()
        #expect(calls.all.count == 3)
    }

    @Test("Pauses double up to the longest, and begin anew after a long run")
    func pauses() {
        var pause = RestartPause()
        let short = (0..<8).map { _ in pause.next(ranFor: .seconds(1)) }
        #expect(short == [1, 2, 4, 8, 16, 32, 60, 60].map { Duration.seconds($0) })
        #expect(pause.next(ranFor: .seconds(60)) == .seconds(1))
    }

    enum Database: RequestStorage.Key { typealias Value = String }

    @Test("What an app keeps, and what it says if it does not")
    func storage() async throws {
        let app = App(environment: .development)
        app.onStart { app.storage[Database.self] = "pool" }
        app.get("/") { request in try request.appStorage.require(Database.self) }
        let text = try await TestClient(app).get("/").text
        #expect(text.contains("The app has no Database. Write app.storage[Database.self] = … with a String"))
        try await app.withLifetime(logger: logger) {
            _ = try await TestClient(app).get("/").expect(.ok, body: "pool")
        }
    }
}
