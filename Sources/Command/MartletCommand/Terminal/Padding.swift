extension String {
    /// The text with spaces behind it, at least one, up to a column.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
