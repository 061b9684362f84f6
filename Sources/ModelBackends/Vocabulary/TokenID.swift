/// The index of a token in its model's vocabulary: 0 for the first.
public typealias TokenID = Int
