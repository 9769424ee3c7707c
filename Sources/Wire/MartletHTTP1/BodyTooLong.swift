/// An application wrote more than it announced.
package struct BodyTooLong: Error, CustomStringConvertible {
    package let excess: Int

    package var description: String { "the body is \(excess) bytes longer than it announced" }

    package init(excess: Int) { self.excess = excess }
}
