import Testing

@testable import MartletACME

struct OrderMachineTests {
    private typealias Event = OrderMachine.Event
    private typealias Action = OrderMachine.Action

    private static func order(
        _ status: ACMEOrder.Status,
        _ authorizations: [String] = ["a1"],
        certificate: String? = nil,
        url: String? = nil,
        after: Int? = nil
    ) -> Event {
        .order(
            ACMEOrder(status: status, authorizations: authorizations, finalize: "finalize", certificate: certificate),
            url: url,
            after: after
        )
    }

    private static func name(
        _ name: String,
        _ status: ACMEAuthorization.Status,
        _ offered: [ChallengeMethod] = ChallengeMethod.allCases,
        token: String = "token",
        after: Int? = nil
    ) -> Event {
        let challenges = offered.map { ACMEChallenge(type: $0.rawValue, url: "\(name)/\($0.rawValue)", token: token) }
        return .authorization(
            ACMEAuthorization(
                identifier: ACMEIdentifier(value: name),
                status: status,
                challenges: [ACMEChallenge(type: "dns-01", url: "x")] + challenges
            ),
            after: after
        )
    }

    private static func proof(_ name: String, _ method: ChallengeMethod) -> NameProof {
        NameProof(name: name, method: method, token: "token", url: "\(name)/\(method.rawValue)")
    }

    private static func run(_ steps: [(Event, Action)], methods: [ChallengeMethod] = ChallengeMethod.allCases) {
        var machine = OrderMachine(methods: methods)
        for (index, (event, action)) in steps.enumerated() {
            #expect(machine.next(event) == action, "step \(index)")
        }
    }

    @Test func twoNamesOfWhichOneIsProvedAlready() {
        Self.run([
            (.begin, .create),
            (Self.order(.pending, ["a1", "a2"], url: "order"), .fetch("a1")),
            (Self.name("a.test", .valid), .fetch("a2")),
            (
                Self.name("B.test", .pending),
                .prove(NameProof(name: "b.test", method: .http01, token: "token", url: "B.test/http-01"))
            ),
            (.done, .tell("B.test/http-01")),
            (.done, .fetch("a2")),
            (Self.name("b.test", .pending), .wait(seconds: 1)),
            (.done, .fetch("a2")),
            (Self.name("b.test", .pending), .wait(seconds: 2)),
            (.done, .fetch("a2")),
            (Self.name("b.test", .valid), .fetch("order")),
            (Self.order(.ready), .finalize("finalize")),
            (Self.order(.processing), .wait(seconds: 1)),
            (.done, .fetch("order")),
            (Self.order(.valid, certificate: "certificate"), .download("certificate")),
        ])
    }

    @Test func allAreToldBeforeAnyIsWaitedFor() {
        Self.run(
            [
                (.begin, .create),
                (Self.order(.pending, ["a1", "a2"], url: "order"), .fetch("a1")),
                (Self.name("a.test", .pending), .prove(Self.proof("a.test", .tlsALPN01))),
                (.done, .tell("a.test/tls-alpn-01")),
                (.done, .fetch("a2")),
                (Self.name("b.test", .pending), .prove(Self.proof("b.test", .tlsALPN01))),
                (.done, .tell("b.test/tls-alpn-01")),
                (.done, .fetch("a1")),
                (Self.name("a.test", .valid), .fetch("a2")),
                (Self.name("b.test", .valid), .fetch("order")),
                // The authority has not put it down yet.
                (Self.order(.pending, after: 7), .wait(seconds: 7)),
                (.done, .fetch("order")),
                (Self.order(.ready), .finalize("finalize")),
                (Self.order(.valid, certificate: "c"), .download("c")),
            ],
            methods: [.tlsALPN01, .http01]
        )
    }

    @Test func allNamesAreProvedAlready() {
        Self.run([
            (.begin, .create),
            (Self.order(.ready, url: "order"), .finalize("finalize")),
            (Self.order(.valid, certificate: "c"), .download("c")),
        ])
    }

    @Test func theAuthoritySaysWhenToComeAgain() {
        Self.run([
            (.begin, .create),
            (Self.order(.pending, url: "order"), .fetch("a1")),
            (Self.name("a.test", .pending), .prove(Self.proof("a.test", .http01))),
            (.done, .tell("a.test/http-01")),
            (.done, .fetch("a1")),
            (Self.name("a.test", .pending, after: 30), .wait(seconds: 30)),
            (.done, .fetch("a1")),
            (Self.name("a.test", .pending, after: 0), .wait(seconds: 1)),
        ])
    }

    @Test func theOtherWayIsTakenWhereOneIsNotOffered() {
        Self.run([
            (.begin, .create),
            (Self.order(.pending, url: "order"), .fetch("a1")),
            (Self.name("a.test", .pending, [.tlsALPN01]), .prove(Self.proof("a.test", .tlsALPN01))),
        ])
    }

    @Test(arguments: ["../../etc/passwd", "a/b", "", "ä", String(repeating: "a", count: 201)])
    func aTokenThatIsNoneIsNotUsed(token: String) {
        Self.run([
            (.begin, .create),
            (Self.order(.pending, url: "order"), .fetch("a1")),
            (
                Self.name("a.test", .pending, token: token),
                .fail(.noMethod(name: "a.test", offered: ["dns-01", "http-01", "tls-alpn-01"]))
            ),
        ])
    }

    @Test func aNameIsNotProved() {
        let problem = ACMEProblem(type: "urn:ietf:params:acme:error:connection", detail: "timeout")
        let refused = ACMEAuthorization(
            identifier: ACMEIdentifier(value: "a.test"),
            status: .invalid,
            challenges: [ACMEChallenge(type: "http-01", url: "u", token: "t", error: problem)]
        )
        Self.run([
            (.begin, .create),
            (Self.order(.pending, url: "order"), .fetch("a1")),
            (Self.name("a.test", .pending), .prove(Self.proof("a.test", .http01))),
            (.done, .tell("a.test/http-01")),
            (.done, .fetch("a1")),
            (.authorization(refused), .fail(.notProved(name: "a.test", .http01, problem))),
        ])
        let text = "\(OrderMachine.Failure.notProved(name: "a.test", .http01, problem))"
        #expect(
            text
                == "the name a.test was not proved by http-01: timeout (connection); can http://a.test/ be reached from "
                + "outside, at port 80?"
        )
    }

    @Test(arguments: [
        (OrderMachine.Event.begin, OrderMachine.Action.create), (.done, .fail(.confused)),
        (order(.invalid, url: "order"), .fail(.refused(nil))), (order(.valid, url: "order"), .fail(.confused)),
        (order(.pending, [], url: "order"), .fetch("order")),
        (name("a.test", .valid), .fail(.confused)), (order(.pending), .fail(.confused)),
    ])
    func whatComesFirst(event: OrderMachine.Event, action: OrderMachine.Action) {
        Self.run([(event, action)])
    }

    /// Whatever an authority says, it comes to an end.
    @Test func waitingIsBounded() {
        var machine = OrderMachine(methods: [.http01])
        _ = machine.next(.begin)
        _ = machine.next(Self.order(.pending, url: "order"))
        _ = machine.next(Self.name("a.test", .pending))
        _ = machine.next(.done)
        _ = machine.next(.done)
        var waited = 0
        while true {
            let action = machine.next(Self.name("a.test", .pending))
            guard case .wait(let seconds) = action else {
                #expect(action == .fail(.timeout))
                break
            }
            waited += seconds
            _ = machine.next(.done)
        }
        #expect((800...900).contains(waited))
    }

    @Test func theLongestWaitIsBounded() {
        var machine = OrderMachine(methods: [.http01])
        _ = machine.next(.begin)
        #expect(machine.next(Self.order(.processing, url: "order", after: .max)) == .fail(.timeout))
    }
}
