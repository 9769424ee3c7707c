internal import FoundationEssentials
public import HTTPTypes
public import MartletGateway
public import NIOCore

/// The answer that a ``TestClient`` got, as a client on the network would have seen it.
public struct TestResponse: Sendable {
    /// How the answer ended.
    public enum Ending: Sendable {
        case complete
        /// The connection was cut, because the application failed after the head had been sent.
        case aborted(any Error)
        /// The client itself went away.
        case disconnected
    }

    public let status: HTTPResponse.Status
    public let headers: Headers
    /// The body, piece by piece as it was sent.
    public let pieces: [ByteBuffer]
    public let ending: Ending
    let title: String

    /// The whole body.
    public var body: ByteBuffer {
        pieces.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
    }

    /// The whole body as text.
    public var text: String { String(buffer: body) }

    /// The body, decoded from JSON.
    ///
    /// - Throws: `DecodingError`.
    public func json<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }

    public var isComplete: Bool {
        if case .complete = ending { true } else { false }
    }

    /// Checks the answer.
    ///
    /// - Parameters:
    ///   - status: the status that is expected.
    ///   - body: the text of the whole body.
    ///   - texts: what the body must have in it.
    ///   - headers: fields that must have exactly this value.
    /// - Returns: the answer itself, for further checks.
    /// - Throws: ``ExpectationFailed`` with what was expected and what came.
    @discardableResult
    public func expect(
        _ status: HTTPResponse.Status? = nil,
        body: String? = nil,
        containing texts: String...,
        headers: [(HTTPField.Name, String)] = [],
        file: StaticString = #fileID,
        line: UInt = #line
    ) throws -> TestResponse {
        var faults: [String] = []
        if let status, status.code != self.status.code { faults.append("expected status \(status)") }
        if let body, body != text {
            faults.append("expected the body \"\(body)\"\(TextDifference(body, text).map { ", \($0)" } ?? "")")
        }
        for part in texts where !text.contains(part) { faults.append("expected \"\(part)\" in the body") }
        for (name, value) in headers where self.headers[name] != value {
            faults.append(
                "expected \(name): \(value), but it is \(self.headers[name].map { "\"\($0)\"" } ?? "missing")"
            )
        }
        switch ending {
        case .complete, .disconnected: break
        case .aborted(let error): faults.append("the answer was cut off: \(error)")
        }
        return try checked(faults, file, line)
    }

    /// Checks that the body is JSON of an expected value.
    @discardableResult
    public func expect<Value: Decodable & Equatable>(
        _ status: HTTPResponse.Status? = nil,
        json expected: Value,
        file: StaticString = #fileID,
        line: UInt = #line
    ) throws -> TestResponse {
        try expect(status, file: file, line: line)
        do {
            let value = try json(as: Value.self)
            return try checked(value == expected ? [] : ["expected \(expected), but it is \(value)"], file, line)
        } catch let error as DecodingError {
            return try checked(["expected JSON of \(Value.self): \(error)"], file, line)
        }
    }

    /// Checks that the client is sent elsewhere.
    ///
    /// - Parameter location: as it stands in the field.
    @discardableResult
    public func expectRedirect(
        to location: String,
        file: StaticString = #fileID,
        line: UInt = #line
    ) throws -> TestResponse {
        let isRedirect = 300..<400 ~= status.code && headers[.location] == location
        let given = headers[.location].map { "Location is \"\($0)\"" } ?? "there is no Location"
        return try checked(isRedirect ? [] : ["expected a redirect to \"\(location)\", but \(given)"], file, line)
    }

    private func checked(_ faults: [String], _ file: StaticString, _ line: UInt) throws -> TestResponse {
        guard faults.isEmpty else {
            throw ExpectationFailed(
                description:
                    "\(file):\(line): \(title): \(faults.joined(separator: "; ")). It answered \(self.status) \"\(text.prefix(500))\""
            )
        }
        return self
    }
}

/// An answer was not what a test expected.
public struct ExpectationFailed: Error, CustomStringConvertible {
    public let description: String
}
