/// Why the configuration of a policy is refused, in words for the person who wrote it: they stand after the place, such
/// as `rate = "10"`.
package struct PolicyError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
