import Builtins
import Engine

extension Builtin<Void> {
  static let select = Builtin(
    "select", "Some features of a data set, in the order in which they are named.",
    .required("data", Samples.self, "What to choose from."),
    .several("features", [ColumnName].self, "Names, or places from 0."),
    examples: [Example("load(\"iris\").select([\"petal_width_cm\", 0]).features", gives: "[\"petal_width_cm\", \"sepal_length_cm\"]")]
  ) { (data: Samples, features: [ColumnName]) in try data.map { try $0.select(features) } }

  static let drop = Builtin(
    "drop", "A data set without some of its features.",
    .required("data", Samples.self, "What to leave features out of."),
    .several("features", [ColumnName].self, "Names, or places from 0."),
    examples: [Example("len(load(\"iris\").drop(0).features)", gives: "3")]
  ) { (data: Samples, features: [ColumnName]) in try data.map { try $0.dropping(features) } }

  static let `where` = Builtin(
    "where", "The samples for which something holds.",
    .required("data", DataSet.self, "What to choose from."),
    .required("mask", Tensor.self, "One truth value a sample, such as `d.y == 2`."),
    examples: [Example("d = load(\"iris\"); len(d.where(d.y == 2))", gives: "50")]
  ) { (data: DataSet, mask: Tensor) in try data.filtered(mask) }
}
