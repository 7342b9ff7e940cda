package jinja

// usesName reports whether statements read a variable. A macro that reads
// varargs or kwargs takes arguments that it does not name.
func usesName(body []stmt, name string) bool {
	for _, st := range body {
		if stmtUses(st, name) {
			return true
		}
	}
	return false
}

func stmtUses(st stmt, name string) bool {
	switch st := st.(type) {
	case *printStmt:
		return exprUses(st.e, name)
	case *forStmt:
		return exprUses(st.over, name) || exprUses(st.test, name) || usesName(st.body, name) || usesName(st.otherwise, name)
	case *ifStmt:
		for _, b := range st.branches {
			if exprUses(b.test, name) || usesName(b.body, name) {
				return true
			}
		}
		return usesName(st.otherwise, name)
	case *setStmt:
		return exprUses(st.value, name)
	case *setBlockStmt:
		return exprUses(st.filter, name) || usesName(st.body, name)
	case *filterStmt:
		return exprUses(st.filter, name) || usesName(st.body, name)
	case *withStmt:
		return anyUses(st.values, name) || usesName(st.body, name)
	case *callStmt:
		return exprUses(st.call, name) || usesName(st.caller.body, name)
	}
	return false
}

func anyUses(all []expr, name string) bool {
	for _, e := range all {
		if exprUses(e, name) {
			return true
		}
	}
	return false
}

func (a *arguments) uses(name string) bool {
	return anyUses(a.values, name) || anyUses(a.keyValues, name) || exprUses(a.rest, name) || exprUses(a.named, name)
}

func exprUses(e expr, name string) bool {
	switch e := e.(type) {
	case *nameExpr:
		return e.name == name
	case *tupleExpr:
		return anyUses(e.items, name)
	case *listExpr:
		return anyUses(e.items, name)
	case *dictExpr:
		return anyUses(e.keys, name) || anyUses(e.values, name)
	case *orExpr:
		return exprUses(e.left, name) || exprUses(e.right, name)
	case *andExpr:
		return exprUses(e.left, name) || exprUses(e.right, name)
	case *notExpr:
		return exprUses(e.e, name)
	case *conditionExpr:
		return exprUses(e.then, name) || exprUses(e.test, name) || exprUses(e.otherwise, name)
	case *compareExpr:
		return exprUses(e.first, name) || anyUses(e.rest, name)
	case *binaryExpr:
		return exprUses(e.left, name) || exprUses(e.right, name)
	case *signExpr:
		return exprUses(e.e, name)
	case *attributeExpr:
		return exprUses(e.e, name)
	case *itemExpr:
		return exprUses(e.e, name) || exprUses(e.key, name)
	case *sliceExpr:
		return anyUses([]expr{e.start, e.stop, e.step}, name)
	case *callExpr:
		return exprUses(e.e, name) || e.arguments.uses(name)
	case *filterExpr:
		return exprUses(e.e, name) || e.arguments.uses(name)
	case *testExpr:
		return exprUses(e.e, name) || e.arguments.uses(name)
	}
	return false
}
