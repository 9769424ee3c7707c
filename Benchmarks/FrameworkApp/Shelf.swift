/// What the template shows: twenty rows.
struct Shelf: Encodable {
    struct Row: Encodable {
        let id: Int
        let name: String
        let price: Double
        let available: Bool
    }

    let title: String
    let rows: [Row]

    static let sample = Shelf(
        title: "Nuts & bolts",
        rows: (1...20).map { number in
            Row(
                id: number,
                name: "Bolt <M\(number)> & nut",
                price: Double(number) + 0.25,
                available: !number.isMultiple(of: 4)
            )
        }
    )
}
