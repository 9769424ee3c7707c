/// Who takes the fields of a header block: of a request ``HeadBuilder``, of an answer ``AnswerBuilder``.
protocol FieldCollector: ~Copyable {
    /// Where fields are decoded to.
    associatedtype Memory: AnyObject

    /// Memory for `bytes` more behind those that were taken in.
    func room(_ bytes: Int, in memory: Memory) -> UnsafeMutableRawBufferPointer
    /// Writes bytes there, without taking them in.
    func copy(_ bytes: UnsafeRawBufferPointer, to memory: Memory)
    /// Whether a field fits; if it does not, none is taken in any more.
    mutating func hasRoom(_ nameCount: Int, _ valueCount: Int) -> Bool
    /// Takes in the field that stands there: the name, and the value behind it.
    mutating func take(_ nameCount: Int, _ valueCount: Int, _ kind: FieldKind, isValid: Bool, _ memory: Memory)
}
