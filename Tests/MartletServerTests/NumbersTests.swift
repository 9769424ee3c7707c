import HTTPTypes
import MartletGateway
import MartletServer
import NIOCore
import Testing

@Suite struct NumbersTests {
    @Test("Methods are counted by their names", arguments: CountedMethod.allCases)
    func methods(_ method: CountedMethod) {
        #expect(Array(method.name.utf8).withUnsafeBytes { CountedMethod($0) } == method)
        #expect(Array((method.name + "X").utf8).withUnsafeBytes { CountedMethod($0) } == .other)
        #expect(Array(method.name.lowercased().utf8).withUnsafeBytes { CountedMethod($0) } == .other)
    }

    @Test("A quantile is estimated within its bucket")
    func quantile() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil)
        for _ in 0..<100 { histogram.add(nanoseconds: 3_000_000) }
        // Between 2.5 and 5 ms.
        #expect(histogram.quantile(0.5) == 0.00375)
        histogram.add(nanoseconds: 3_600_000_000_000)
        #expect(histogram.quantile(1) == 60)
        var later = histogram
        later.add(nanoseconds: 1)
        #expect(later.since(histogram).count == 1)
    }

    @Test("Requests are counted by route, method and class of status, with their bodies and connections")
    func requests() async throws {
        let names = RouteNames()
        let number = names.number(site: "shop.test", route: "/cart")
        #expect(names.number(site: "shop.test", route: "/cart") == number)
        let own = ApplicationClosure { request in
            .plain(request.target == "/bad" ? .notFound : .ok, "four")
        }
        try await RunningServer.with(
            CountedRoute(own, number: number),
            configure: { $0.monitoring.metrics = .tcp(host: "127.0.0.1", port: 0) }
        ) { running in
            _ = try await running.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            _ = try await running.exchange("MOO /bad HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let post = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
            _ = try await running.exchange(post)
            _ = try await running.exchange("nonsense\r\n\r\n")
            let numbers = await running.server.numbers()
            let route = numbers.routes[number.index]
            #expect(route.answers(to: .get, 2) == 1)
            #expect(route.answers(to: .other, 4) == 1)
            #expect(route.answers(to: .post, 2) == 1)
            #expect(route.total == 3)
            #expect(route.inFlight == 0)
            #expect(route.latency.count == 3)
            #expect(route.receivedBytes == 5)
            #expect(route.sentBytes == 12)
            // What is no request has no route.
            #expect(numbers.routes[RouteNumber.none.index].answers(to: .other, 4) == 1)
            #expect(numbers.listeners.map(\.numbers.accepted) == [4])
        }
    }
}
