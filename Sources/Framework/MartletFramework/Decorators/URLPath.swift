/// The path of a decorated route with its values filled in: `url(user(id: 7))`.
///
/// Beside each function that it stands at, a decorator puts one with the same name that takes what is in the path and returns this. The
/// compiler takes that one where a `URLPath` is wanted, so that a URL without its route, or with a wrong value, is not compiled.
///
///     @GET("/users/<int:id>") func user(id: Int) -> User { … }
///
///     "\(url(user(id: 7)))"               // /users/7
///     request.url(user(id: 7))            // with the prefix of its blueprint, and what the app is mounted under
///     request.redirect(user(id: 7))
public struct URLPath: Sendable, Hashable, CustomStringConvertible {
    /// The path as its decorator has it, percent-encoded.
    public let description: String
    /// The decorator.
    let origin: Origin

    struct Origin: Sendable, Hashable {
        let location: SourceLocation
        let pattern: String
    }

    /// The decorators call this.
    ///
    /// - Parameters:
    ///   - path: the pattern with its values.
    ///   - pattern: as it is written.
    public init(_ path: Text, of pattern: String, file: StaticString, line: UInt) {
        description = path.description
        origin = Origin(location: SourceLocation(file: file, line: line), pattern: pattern)
    }

    /// A path that is percent-encoded where it is interpolated.
    public struct Text: Sendable, ExpressibleByStringInterpolation {
        let description: String

        public init(stringLiteral value: String) { description = value }

        public init(stringInterpolation: Interpolation) { description = stringInterpolation.text }

        public struct Interpolation: StringInterpolationProtocol {
            fileprivate var text = ""

            public init(literalCapacity: Int, interpolationCount: Int) {
                text.reserveCapacity(literalCapacity + interpolationCount * 16)
            }

            /// A piece of the pattern, already encoded.
            public mutating func appendLiteral(_ literal: String) { text += literal }

            /// A value. One that its converter would not take is a path that is not found.
            public mutating func appendInterpolation(_ value: some PathConvertible) {
                text += URLText.encode(value.pathParameter.utf8)
            }

            /// A value with slashes.
            public mutating func appendInterpolation(path value: some PathConvertible) {
                text += URLText.encode(value.pathParameter.utf8, keepingSlash: true)
            }
        }
    }
}

/// The path of a decorated route, where the compiler would not know that a path is meant: `url(user(id: 7))`.
public func url(_ path: URLPath) -> URLPath { path }
