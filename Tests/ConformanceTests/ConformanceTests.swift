import MartletCGI
import MartletGateway
import MartletTesting
import Testing
import conformance_app

/// Every case of the table against every pair of server and application.
///
/// A pair is one line in ``pairs``; the table itself is `ConformanceCase.table` in MartletTesting.
@Suite struct ConformanceTests {
    /// A server with an application behind it.
    struct Pair: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let target: any ConformanceTarget

        init(testDescription: String, target: some ConformanceTarget) {
            self.testDescription = testDescription
            self.target = target
        }

        init(testDescription: String, target: LazyTarget) {
            self.testDescription = testDescription
            self.target = target
        }
    }

    static let pairs: [Pair] = [
        Pair(testDescription: "in memory × Swift", target: TestClient(referenceApp())),
        Pair(
            testDescription: "in memory × Swift in Lint",
            target: TestClient(referenceApp().wrapped(in: tolerantLint))
        ),
        Pair(testDescription: "HTTP/1.1 × Swift", target: .http1 { _ in referenceApp() }),
        Pair(
            testDescription: "HTTP/1.1 × Swift in Lint",
            target: .http1 { _ in referenceApp().wrapped(in: tolerantLint) }
        ),
        Pair(testDescription: "HTTP/2 × Swift", target: .http2 { _ in referenceApp() }),
        Pair(
            testDescription: "HTTP/2 × Swift in Lint",
            target: .http2 { _ in referenceApp().wrapped(in: tolerantLint) }
        ),
        Pair(testDescription: "uwsgi × Swift", target: .cgi(.uwsgi) { _ in referenceApp() }),
        Pair(testDescription: "SCGI × Swift", target: .cgi(.scgi) { _ in referenceApp() }),
        Pair(
            testDescription: "uwsgi × raw WSGI",
            target: .cgi(.uwsgi) { try await PythonReference.start("raw:application", $0) }
        ),
        Pair(
            testDescription: "SCGI × raw WSGI",
            target: .cgi(.scgi) { try await PythonReference.start("raw:application", $0) }
        ),
        Pair(
            testDescription: "uwsgi × Flask",
            target: .cgi(.uwsgi) { try await PythonReference.start("flask_app:app", $0) }
        ),
        Pair(
            testDescription: "SCGI × Flask",
            target: .cgi(.scgi) { try await PythonReference.start("flask_app:app", $0) }
        ),
        Pair(
            testDescription: "in memory × raw WSGI",
            target: .inMemory { try await PythonReference.start("raw:application", $0) }
        ),
        Pair(
            testDescription: "HTTP/1.1 × raw WSGI",
            target: .http1 { try await PythonReference.start("raw:application", $0) }
        ),
        Pair(
            testDescription: "HTTP/2 × raw WSGI",
            target: .http2 { try await PythonReference.start("raw:application", $0) }
        ),
        Pair(
            testDescription: "in memory × Flask",
            target: .inMemory { try await PythonReference.start("flask_app:app", $0) }
        ),
        Pair(
            testDescription: "HTTP/1.1 × Flask",
            target: .http1 { try await PythonReference.start("flask_app:app", $0) }
        ),
        Pair(
            testDescription: "HTTP/2 × Flask",
            target: .http2 { try await PythonReference.start("flask_app:app", $0) }
        ),
    ]

    @Test("Conformance", arguments: pairs, ConformanceCase.table)
    func conformance(_ pair: Pair, _ row: ConformanceCase) async {
        let faults = await row.check(pair.target)
        #expect(faults.isEmpty, "\(pair.testDescription): \(row): \(faults.joined(separator: " "))")
    }
}
